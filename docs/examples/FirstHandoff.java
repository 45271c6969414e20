// A first hand-off with the JDK alone: java FirstHandoff.java SANDBOX. The page: docs/first-handoff.md.
// The JDK has no JSON: what is looked for is taken out of the answers by its name. A system has a library for it.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class FirstHandoff {
    static final HttpClient HTTP = HttpClient.newHttpClient();

    record Adapter(String api, String token) {
        static Adapter of(String sandbox, String agency) throws Exception {
            Path folder = Path.of(sandbox, "adapters", agency);
            return new Adapter(Files.readAllLines(folder.resolve("env")).get(0).replace("API=", ""),
                Files.readString(folder.resolve("token")).trim());
        }

        String call(String method, String path, String body) throws Exception {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(api + path)).header("Authorization", "Bearer " + token);
            if (body == null) {
                request.method(method, HttpRequest.BodyPublishers.noBody());
            } else {
                // Made once for each act and kept with it: the same key again is the same act.
                request.header("Idempotency-Key", UUID.randomUUID().toString())
                    .method(method, HttpRequest.BodyPublishers.ofString(body));
            }
            HttpResponse<String> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 400) {
                throw new IllegalStateException(method + " " + path + ": " + answer.body());
            }
            return answer.body();
        }
    }

    static String find(String pattern, String json) {
        Matcher matcher = Pattern.compile(pattern).matcher(json);
        return matcher.find() ? matcher.group(1) : null;
    }

    public static void main(String[] args) throws Exception {
        Adapter district = Adapter.of(args[0], "H37.24"), department = Adapter.of(args[0], "H37.11");
        String code = find("\"code\":\"([^\"]*)\"", district.call("POST", "/v1/codes", "{}"));
        district.call("POST", "/v1/envelopes", """
            {"kind": "OPEN", "dossier": "%s", "to": [{"agency": "H37.24"}], "procedure": "1.010828", "received": true,
             "body": {"hoTen": "Hoàng Thị Sáu"}}""".formatted(code));
        String id = find("\"id\":\"([^\"]*)\"", district.call("POST", "/v1/envelopes", """
            {"kind": "FORWARD", "dossier": "%s", "to": [{"agency": "H37.11", "leg": "doi-chieu"}]}""".formatted(code)));

        // An item is asked for by the envelope's id too; until it has arrived there is none.
        String after = "0", page;
        do {
            page = department.call("GET", "/v1/inbox?after=" + after + "&wait=30", null);
            after = find("\"after\":\"([^\"]*)\"", page);
        } while (!page.contains(id));
        department.call("POST", "/v1/inbox/" + id + "/accept", "{}");

        String state = district.call("GET", "/v1/envelopes/" + id + "?wait=30&until=answered", null);
        System.out.println(code + " " + find("\"answers\":\\[\\{[^}]*?\"state\":\"([^\"]*)\"", state));
    }
}
